"""Reports on audits as files: HTML, PDF, CSV, JSON, and the signatures over them."""
