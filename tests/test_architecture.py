"""Who may import whom. The table is the architecture: a new line in it is a decision, not a repair."""
from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = ("playground", "tutorials")
HEAVY = {"torch", "transformers", "bitsandbytes", "accelerate", "torchvision", "qwen_vl_utils", "onnxruntime", "numpy",
         "pandas", "PIL"}
PLAIN = {"errors", "types"}               # the vocabulary: everybody speaks it
FACTS = {"memory", "paths", "checkpoint"}  # what is known about models and files; no state
LOOKS = {"checking", "coding", "downloads", "experiments", "guard", "monitor", "pictures", "pump", "service", "solving",
         "text", "discover", "prompts", "code_script"}

# layer: the layers it may import besides itself. Names are relative to playground; the longest match counts.
LAYERS: dict[str, set[str]] = {
    "errors": set(),
    "types": {"errors"},
    "discover": set(),
    "intervals": set(),
    "paths": set(),
    "settings_text": set(),
    "settings": {"errors", "paths", "settings_text"},
    "pump": PLAIN,
    "cache": PLAIN,
    "memory": {"types"},
    "checkpoint": PLAIN,
    "catalog": PLAIN | FACTS | {"discover"},
    "quantizations": {"types"},
    "downloads": PLAIN | FACTS | {"monitor"},
    "monitor": PLAIN,
    "monitor.metrics": PLAIN | {"cache"},
    "text": PLAIN,
    "prompts": PLAIN,
    "pictures": PLAIN,
    "code_script": PLAIN | {"paths"},
    "engines": PLAIN | FACTS | {"text", "discover", "pictures"},
    "guard": PLAIN,
    "checking": PLAIN | {"guard"},
    "coding": PLAIN | {"guard", "intervals"},
    "experiments": PLAIN | {"intervals", "service"},
    "solving": PLAIN | {"service", "guard", "checking", "text"},
    "service": PLAIN | {"cache", "catalog", "monitor", "pump"},
    "api": PLAIN | {"guard", "pictures"},
    "ui": PLAIN | {"memory", "paths"} | LOOKS,
    "start": set(),
    "compose": {"api", "cache", "catalog", "discover", "downloads", "engines", "errors", "guard", "monitor",
                "monitor.metrics", "paths", "service", "settings", "start", "types", "ui", ""},
    "": set(),                            # playground itself: the version
    "tutorials": PLAIN | {"service", "text", "discover", "ui"},
    "tutorials.check": PLAIN | {"service", "ui", "compose", "settings", "tutorials"},
    "tutorials.__main__": {"tutorials.check"},
}


def layer(module: str) -> str:
    """The line of the table a module belongs to. Raises AssertionError for a module without one."""
    name = module.removeprefix("playground").removeprefix(".") if module.startswith("playground") else module
    fitting = [each for each in LAYERS if each and (name == each or name.startswith(each + "."))]
    if fitting:
        return max(fitting, key=len)
    assert name == "", f"{module} has no line in LAYERS of {Path(__file__).name}; decide where it belongs"
    return ""


@cache
def modules() -> dict[str, ast.Module]:
    files = [path for package in OURS for path in sorted((ROOT / package).rglob("*.py"))]
    return {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"):
            ast.parse(path.read_text("utf-8")) for path in files}


def imported(tree: ast.AST) -> Iterator[str]:
    """Full names of what is imported anywhere below `tree`; `from package import module` counts as the module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: a relative import; write the full path"
            below = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in modules() else str(node.module) for name in below)


def when_loaded(tree: ast.Module) -> Iterator[str]:
    """What importing the module imports: everything outside of functions and `if TYPE_CHECKING`."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        for node in ast.iter_child_nodes(waiting.pop()):
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield from imported(node)
            elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and not (
                    isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)):
                waiting.append(node)


def edges() -> Iterator[tuple[str, str]]:
    for module, tree in modules().items():
        yield from ((module, name) for name in imported(tree) if name.split(".")[0] in OURS)


def test_imports_follow_the_table():
    bad = [f"{module} imports {name}" for module, name in edges()
           if layer(name) not in LAYERS[layer(module)] | {layer(module)}]
    assert not bad, "\n".join(bad)


def test_every_line_of_the_table_is_about_something():
    assert set(LAYERS) == {layer(module) for module in modules()}


def test_no_modules_import_each_other_in_a_circle():
    graph = {module: {name for name in imported(tree) if name in modules()} for module, tree in modules().items()}
    done: set[str] = set()

    def visit(module: str, way: tuple[str, ...]) -> None:
        assert module not in way, " -> ".join([*way[way.index(module):], module])
        if module not in done:
            for name in graph[module]:
                visit(name, (*way, module))
            done.add(module)

    for module in graph:
        visit(module, ())


def test_engines_do_not_know_each_other():
    bad = [f"{module} imports {name}" for module, name in edges()
           if module.startswith("playground.engines.") and name.startswith("playground.engines.")
           and not name.rpartition(".")[2].startswith("_")]
    assert not bad, bad


def test_heavy_libraries_are_imported_inside_functions():
    bad = [f"{module} imports {name} at the top" for module, tree in modules().items() for name in when_loaded(tree)
           if name.split(".")[0] in HEAVY]
    assert not bad, bad


def test_the_interface_imports_no_model_library_at_all():
    bad = [f"{module} imports {name}" for module, tree in modules().items() for name in imported(tree)
           if module.startswith(("playground.ui", "tutorials")) and name.split(".")[0] in HEAVY]
    assert not bad, bad


def test_only_the_interface_knows_gradio():
    may = ("playground.ui", "tutorials.tab", "tutorials.draw", "tutorials.layout")
    bad = [module for module, tree in modules().items() for name in imported(tree)
           if name.split(".")[0] == "gradio" and not module.startswith(may)]
    assert not bad, bad


def test_only_engines_load_weights():
    bad = [f"{module}:{node.lineno}" for module, tree in modules().items() for node in ast.walk(tree)
           if isinstance(node, ast.Attribute) and node.attr == "from_pretrained"
           and not module.startswith("playground.engines.")]
    assert not bad, bad


def test_only_the_settings_read_the_environment():
    # the latter two only write, for libraries
    may = {"playground.settings", "playground.start.launch", "playground.engines.transformers"}
    bad = [f"{module}:{node.lineno}" for module, tree in modules().items() for node in ast.walk(tree)
           if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv") and module not in may]
    assert not bad, bad


def test_nothing_runs_code_from_a_model():
    words = {"trust_remote_code", "pickle"}
    bad = []
    for module, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.keyword) and node.arg == "trust_remote_code":
                if not (isinstance(node.value, ast.Constant) and node.value.value is False):
                    bad.append(f"{module}: trust_remote_code")
        bad += [f"{module} imports {name}" for name in imported(tree) if name.split(".")[0] in words]
    assert not bad, bad


@pytest.mark.parametrize("names", [
    "playground.service", "playground.api.routes", "playground.compose, playground.ui.build, tutorials.tab",
])
def test_importing_loads_no_model_library(names):
    """The page must be up before these seconds are spent. Gradio itself brings numpy and pandas."""
    heavy = HEAVY - {"numpy", "pandas", "PIL"}
    code = f"import sys; import {names}; loaded = {heavy!r} & set(sys.modules); assert not loaded, loaded"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr


def test_the_service_and_the_api_do_without_gradio():
    code = "import sys; import playground.service, playground.api.routes; assert 'gradio' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=100)
