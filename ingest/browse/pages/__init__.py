"""The pages. Each is a view of Datasette: `async def page(request, datasette) -> Response`."""
