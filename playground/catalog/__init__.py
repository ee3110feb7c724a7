"""The models this app knows, read from data files and folders."""
from playground.catalog.catalog import Catalog, default_scheme

__all__ = ["Catalog", "default_scheme"]
