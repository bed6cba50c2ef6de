"""Facts about the platform, without I/O: kinds of records, crawl reports, flow steps, references, access levels."""
