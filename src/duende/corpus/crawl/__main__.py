"""The process that `fetch` starts."""

import sys

from duende.corpus.crawl.run import main

if __name__ == "__main__":
    sys.exit(main())
