"""What several kinds of tests share: the database server, the browser, the cast."""
