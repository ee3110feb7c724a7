"""Getting the page onto the network quickly: the server, and imports that do not hold it up."""
