"""The outside world's formats, read and written without Django."""
