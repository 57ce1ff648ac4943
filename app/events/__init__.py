"""Mass petitions and urgent matters: what the office does about the matter, and nothing about persons."""
