#!/usr/bin/env python3
"""A flow to start from: core/flows/NAME.cc that compiles, its line in the list, and its vectors, still empty.

tools/new_flow.py token_exchange            writes all three
tools/new_flow.py token_exchange --print    prints the source alone
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "core/flows/flows.list"

SOURCE = """\
// NAME: one request, and what its response says.
#include "codec/json.h"
#include "flows/parts/one_request.h"
#include "flows/parts/read_json.h"
#include "flows/parts/session.h"
#include "flows/registry.h"

namespace hlid {
namespace {

constexpr ValueSpec kParameters[] = {
    {.name = "subject", .required = true, .max_bytes = 256, .doc = "What the flow is about."},
};

constexpr FieldSpec kFields[] = {
    {"answer", ValueKind::text, false, "What the server says of it.", true},
    {"raw", ValueKind::json, true, "The whole response; absent from a result that was stored and restored."},
};
constexpr ResultSpec kResult = {
    "PASCAL",
    "What NAME returns.",
    kFields,
};

Result<void> fill(Context& flow) {
  form_of(flow).add("subject", *flow.parameter("subject"));
  return {};
}

Result<void> read(Context& flow) {
  JsonDocument document;
  const auto root = read_json_success(flow, document);
  if (!root) return root.error().clone();
  const auto answer = root->text("answer");
  if (!answer) return Error::protocol("bad_response", "the response has no answer").http_status(200);
  flow.result.set("answer", *answer);
  flow.result.set("raw", flow.response.body.view());
  return {};
}

constexpr RequestSpec kRequest{
    .name = "NAME",
    .endpoint = Endpoint::token,
    .path = "/services/oauth2/NAME",
};
using Table = OneRequest<kRequest, fill, read>;
static_assert(well_formed(Table::kStates, Table::kRows));

}  // namespace

constexpr FlowSpec flows::NAME = {
    .name = "NAME",
    .verb = "NAME",
    .summary = "One sentence: what the flow does.",
    .description = "What else the docs say.",
    .source = "The standard or the page that describes it",
    .parameters = kParameters,
    .result = &kResult,
    .errors = &kSessionErrors,
    .states = Table::kStates,
    .rows = Table::kRows,
};

}  // namespace hlid
"""

VECTORS = """\
{
  "about": "NAME: the conversation as it should go over the wire",
  "settings": {"site": "https://acme.my.site.com/shop", "client_id": "3MVG9Example.ClientId",
               "redirect_uri": "https://app.example.com/callback"},
  "flow": "NAME",
  "parameters": {"subject": "lena"},
  "now_ms": 1767225600000,
  "steps": [],
  "end": {"step": "SEND"}
}
"""


def filled(text: str, name: str) -> str:
    pascal = "".join(word.capitalize() for word in name.split("_"))
    return text.replace("PASCAL", pascal).replace("NAME", name)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("name", metavar="NAME", help="lower case, words joined by _: token_exchange")
    parser.add_argument("--print", action="store_true", dest="only_print", help="print the source and write nothing")
    arguments = parser.parse_args()
    name = arguments.name
    if not re.fullmatch("[a-z][a-z0-9]*(_[a-z0-9]+)*", name):
        parser.error(f"{name} is not a name of a flow: lower case, words joined by _")
    if arguments.only_print:
        print(filled(SOURCE, name), end="")
        return 0
    source, vectors = ROOT / f"core/flows/{name}.cc", ROOT / f"tests/vectors/{name}.json"
    line, listed = f"HLID_FLOW({name})\n", LIST.read_text(encoding="utf-8")
    if line in listed or source.exists() or vectors.exists():
        parser.error(f"the flow {name} is there already")
    source.write_text(filled(SOURCE, name), encoding="utf-8")
    vectors.write_text(filled(VECTORS, name), encoding="utf-8")
    LIST.write_text(listed + line, encoding="utf-8")
    for path in (source, vectors, LIST):
        print(path.relative_to(ROOT))
    print("Next: the vectors, the flow, ./dev generate, ./dev test. docs/adding-a-flow.md has the steps.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
