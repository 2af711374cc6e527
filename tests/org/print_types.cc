// The table of types as JSON, for types_test.mjs.
#include <cstdio>
#include <string>

#include "codec/json_write.h"
#include "org/types.h"

using namespace hlid;
using namespace hlid::org;

namespace {

void write(JsonWriter& json, std::span<const ElementSpec> elements) {
  json.begin_array();
  for (const ElementSpec& element : elements) {
    json.begin_object().member("name", element.name).member("kind", name_of(element.kind));
    json.key("repeated").boolean(element.repeated).key("required").boolean(element.required);
    json.key("guide_only").boolean(element.guide_only).key("choices").begin_array();
    for (const char* choice : element.choices) json.text(choice);
    json.end_array().key("children");
    write(json, element.children);
    json.end_object();
  }
  json.end_array();
}

}  // namespace

int main() {
  std::string out;
  JsonWriter json(out);
  json.begin_array();
  for (const TypeSpec* type : all_types()) {
    json.begin_object().member("name", type->name).member("manifest", manifest_name(*type)).member("folder", type->folder);
    json.member("suffix", type->suffix).key("open").boolean(type->open).key("elements");
    write(json, type->elements);
    json.end_object();
  }
  json.end_array();
  std::puts(out.c_str());
}
