"""One file per engine, each exporting ENGINE (the protocol `playground.types.Engine`)."""
