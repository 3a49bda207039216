"""What a person sees: a page that talks to the API over HTTP and to nothing else."""
