"""The past: crawls become entries of the source "backfill", on the same way as what feeds announce.

    inventory   one pass over a crawl's headers: which answer is at which address
    source      answers the requests of the article stage from the crawl
    run         each page is known already, or is fetched from the crawl and extracted by the workers
    record      records pages in their order, in one transaction, which also moves the crawl's position over them
    wire        what is recorded as JSON, for the daemon that has the archive

What was recorded is never read again, and what was not is: a run can be killed at any instant and started again.
"""
