"""Everything that ``cityrights check`` looks at: files, rules, what is implausible, shapes, documents, words."""
