"""A polite crawler: the poems of a site into a folder, page by page, from where it was left.

`fetch` is the way in; sites are tables in sites.toml. The poems' copyright and the site's terms
are the user's to respect.
"""

from duende.corpus.crawl.fetching import PublicDomain, fetch, user_agent
from duende.corpus.crawl.report import Fetched
from duende.corpus.crawl.sites import Site, known_site, read_sites, sites

__all__ = [
    "Fetched",
    "PublicDomain",
    "Site",
    "fetch",
    "known_site",
    "read_sites",
    "sites",
    "user_agent",
]
