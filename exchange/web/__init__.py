"""What machines speak to; handlers read the request, call one verb, shape the answer."""
