"""Start the playground: `python app.py`, then open the address it prints. `python app.py --help` lists the settings."""
from __future__ import annotations

import sys

from playground.launch import INTERRUPTED, check_port, leave, quiet_environment, serve
from playground.quick_gradio import without_stubs
from playground.settings import settings_or_exit


def main() -> None:
    settings = settings_or_exit(sys.argv[1:])
    check_port(settings.host, settings.port)  # before the imports, which take seconds
    quiet_environment(settings.offline)
    without_stubs()
    from playground.compose import compose
    from playground.ui.build import build_ui, launch_options

    app = compose(settings)
    demo = build_ui(app.ui)
    serve(demo, app.routes, settings.host, settings.port, launch_options(), app.preload)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        leave(INTERRUPTED)
