r"""How often answers of pocket-math are right, and how often sympy verifies them: `python -m benchmarks.verify`.

Held-out problems, greedy answers. Three figures for each kind: right by the judge of the model's card, verified against
the expected answer, verified from the problem alone. Also what each check says of answers that the judge calls wrong.
"""
from __future__ import annotations

import argparse
import random
from collections import Counter

from playground.checking.check import Paper, checker, examine_all
from playground.checking.verdict import Verdict
from playground.compose import compose
from playground.settings import Settings
from playground.solving.listen import Task, listen
from playground.types import CancelToken, SamplingParams
from scripts.pocket.data.mathematics import generate, is_right

KINDS = ("derivative", "linear", "quadratic", "critical", "percent", "growth")
GREEDY = SamplingParams(temperature=0.0, top_p=1.0, top_k=0, max_tokens=512, seed=0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=50, help="problems of each kind")
    parser.add_argument("--seed", type=int, default=2025)
    options = parser.parse_args()
    app = compose(Settings(preload=False, default_model="pocket-math", requests_per_minute=100_000))
    variant, sandbox, rng = app.playground.catalog.variant("pocket-math").key, checker(), random.Random(options.seed)
    print(f"{'kind':12}{'right':>8}{'expected':>10}{'alone':>8}   not both right and verified")
    total: Counter[str] = Counter()
    for kind in KINDS:
        found: Counter[str] = Counter()
        for _ in range(options.each):
            sample = generate(rng, "test", kind)
            task = Task(variant, sample.question, sample.system or "", GREEDY)
            answer = listen(app.playground, task.request(task.messages), "benchmark", CancelToken(), lambda event: None)
            (judged,) = examine_all([Paper(sample.question, answer.text, sample.gold or "")], sandbox)
            right = is_right(sample, answer.text)
            found += Counter({"right": right, "expected": judged.verdict.outcome == "verified",
                              "alone": judged.by_itself.outcome == "verified"})
            for name, verdict in (("expected", judged.verdict), ("alone", judged.by_itself)):
                if right != (verdict.outcome == "verified"):
                    found[f"{name} {_said(verdict)}, judge {'right' if right else 'wrong'}"] += 1
        total += found
        _line(kind, found, options.each)
    _line("all", total, options.each * len(KINDS))
    app.cache.shutdown(5)


def _said(verdict: Verdict) -> str:
    return f"{verdict.outcome} ({verdict.reason.code})"


def _line(kind: str, found: Counter[str], problems: int) -> None:
    odd = "; ".join(f"{n} {what}" for what, n in sorted(found.items()) if ", judge" in what)
    print(f"{kind:12}" + "".join(f"{found[each] / problems:>{width}.1%}" for each, width in
                                 (("right", 8), ("expected", 10), ("alone", 8))) + f"   {odd}", flush=True)


if __name__ == "__main__":
    main()
