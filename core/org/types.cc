#include "org/types.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "org/types_parts.h"

namespace hlid::org {
namespace {

constexpr std::string_view kSourceEnding = "-meta.xml";

std::string_view name_in_folder(std::string_view path) { return path.substr(path.find_last_of('/') + 1); }

// "AcmeClient.eca" of "AcmeClient.eca-meta.xml", and of itself.
std::string_view without_source_ending(std::string_view name) {
  if (name.ends_with(kSourceEnding)) name.remove_suffix(kSourceEnding.size());
  return name;
}

const ElementSpec* find_child(std::span<const ElementSpec> elements, std::string_view name) {
  for (const ElementSpec& element : elements) {
    if (name == element.name) return &element;
  }
  return nullptr;
}

}  // namespace

std::string_view name_of(ElementKind kind) {
  switch (kind) {
    case ElementKind::boolean: return "boolean";
    case ElementKind::integer: return "integer";
    case ElementKind::decimal: return "decimal";
    case ElementKind::text: return "text";
    case ElementKind::choice: return "choice";
    case ElementKind::comma_list: return "comma_list";
    case ElementKind::lines: return "lines";
    case ElementKind::group: return "group";
    case ElementKind::other: break;
  }
  return "other";
}

std::span<const TypeSpec* const> all_types() {
  static const auto types = [] {
    std::array<const TypeSpec*, kClientAppTypesCount + kConnectedAppTypesCount + kOrgTypesCount> all{};
    auto next = all.begin();
    for (const TypeSpec& type : kClientAppTypes) *next++ = &type;
    for (const TypeSpec& type : kConnectedAppTypes) *next++ = &type;
    for (const TypeSpec& type : kOrgTypes) *next++ = &type;
    return all;
  }();
  return types;
}

const TypeSpec* find_type(std::string_view name) {
  for (const TypeSpec* type : all_types()) {
    if (name == type->name) return type;
  }
  return nullptr;
}

std::string_view member_of_path(std::string_view path) {
  const std::string_view name = without_source_ending(name_in_folder(path));
  return name.substr(0, name.find_last_of('.'));
}

const TypeSpec* type_of_path(std::string_view path) {
  const std::string_view file = name_in_folder(path);
  if (file == "package.xml") return find_type("Package");
  const std::string_view name = without_source_ending(file);
  const size_t dot = name.find_last_of('.');
  if (dot == std::string_view::npos || dot == 0) return nullptr;
  const std::string_view suffix = name.substr(dot + 1);
  // Of what has content besides, the file without the ending is that content.
  if ((suffix == "cls" || suffix == "crt") && !file.ends_with(kSourceEnding)) return nullptr;
  for (const TypeSpec* type : all_types()) {
    if (suffix == type->suffix && (*type->member == '\0' || name.substr(0, dot) == type->member)) return type;
  }
  return nullptr;
}

std::string_view manifest_name(const TypeSpec& type) { return *type.manifest != '\0' ? type.manifest : type.name; }

const ElementSpec* find_element(const TypeSpec& type, std::string_view path) {
  std::span<const ElementSpec> elements = type.elements;
  while (true) {
    const size_t dot = path.find('.');
    const ElementSpec* found = find_child(elements, path.substr(0, dot));
    if (found == nullptr || dot == std::string_view::npos) return found;
    elements = found->children;
    path.remove_prefix(dot + 1);
  }
}

ElementRef find_element(std::string_view type_and_path) {
  const size_t dot = type_and_path.find('.');
  if (dot == std::string_view::npos) return {};
  const TypeSpec* type = find_type(type_and_path.substr(0, dot));
  const std::string_view path = type_and_path.substr(dot + 1);
  if (type == nullptr) return {};
  return {type, find_element(*type, path), path};
}

ElementRef twin_of(const TypeSpec& type, const ElementSpec& element) {
  if (*element.twin == '\0') return {};
  if (std::string_view(type.name) == "ConnectedApp") return find_element(std::string_view(element.twin));
  const TypeSpec* connected_app = find_type("ConnectedApp");
  return {connected_app, find_element(*connected_app, element.twin), element.twin};
}

}  // namespace hlid::org
