"""The HTTP service: poems for programs and for the page."""
