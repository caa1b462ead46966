"""Everything that ``cityrights check`` looks at, one module for each kind of rule."""
