"""Builds what is published: ./dev package. Each package has one module in `parts`; the other modules are what they
stand on, from the table of targets down to the compiler."""
