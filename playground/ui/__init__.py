"""The page: tabs, the bar above them, and the words in each language."""
