"""A local assistant for Yi models and any other GGUF."""

__version__ = "0.1.0"
