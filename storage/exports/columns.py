COLUMNS = (
    "id url site title authors published_at published_from archived_at revised_at language summary body body_from words"
    " image_url tags content_hash extractor site_name section published_precision published_ahead markdown access"
    " access_reason"
).split()
"""The columns of `current_articles`, which are those of an exported row."""
