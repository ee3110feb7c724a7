"""Start the playground: `python app.py`, then open the address it prints. `python app.py --help` lists the settings."""
from __future__ import annotations

import sys

from playground.errors import PlaygroundError
from playground.settings import load_settings
from playground.start.launch import INTERRUPTED, REFUSED, check_port, leave, quiet_environment, serve
from playground.start.quick_gradio import without_stubs


def main() -> None:
    settings = load_settings(sys.argv[1:])
    check_port(settings.host, settings.port)  # before the imports, which take seconds
    quiet_environment(settings.offline)
    without_stubs()
    from playground.compose import compose
    from playground.ui.build import build_ui, launch_options
    from tutorials.tab import TAB as LESSONS

    app = compose(settings)
    serve(build_ui(app.ui, (LESSONS,)), app.routes, settings.host, settings.port, launch_options(), app.preload)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        leave(INTERRUPTED)
    except PlaygroundError as error:
        leave(REFUSED, f"{error} {error.hint}")
