"""One file per lesson, each exporting LESSON; its prose lies beside it, one YAML file per language."""
