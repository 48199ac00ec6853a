"""Training of networks from a manifest: data, losses, loop, checkpoints. Files in, files out; no database."""
