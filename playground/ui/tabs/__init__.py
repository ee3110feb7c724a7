"""One file per tab, each exporting TAB (`playground.ui.context.Tab`)."""
