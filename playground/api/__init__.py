"""The HTTP interface beside the page: /health and the OpenAI-compatible /v1."""
