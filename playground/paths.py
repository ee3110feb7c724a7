"""Where this project lies. Paths in data files are relative to it."""
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
