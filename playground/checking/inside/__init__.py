"""The program that checks. It runs in the sandbox, where its files are sent as text; the server never imports it."""
