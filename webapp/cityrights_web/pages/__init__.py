"""The pages: Flask views that read descriptions and render templates."""
