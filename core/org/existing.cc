#include "org/existing.h"

#include <algorithm>

#include "base/text.h"
#include "org/render.h"
#include "org/write.h"
#include "org/xml.h"

namespace hlid::org {
namespace {

Result<Element> read_root(const File& file, std::string_view name) {
  const Xml xml = Xml::read(file.bytes);
  if (xml.fault()) {
    return Error::argument("existing", join({"has ", escape_for_display(file.path, 128), ", which cannot be read, line ",
                                             std::to_string(xml.fault()->line), ": ", xml.fault()->message}));
  }
  if (xml.root()->name != name) {
    return Error::argument("existing", join({"has ", escape_for_display(file.path, 128), ", which is not a ", name, " file"}));
  }
  return *xml.root();
}

// 67 of "67.0".
int64_t number_of(std::string_view version) { return read_decimal(version.substr(0, version.find('.'))).value_or(0); }

void add_members(Element& into, const Element& from) {
  for (const Element& one : from.children) {
    if (one.name != "members") continue;
    const auto is_same = [&](const Element& there) { return there.name == "members" && there.text == one.text; };
    if (std::any_of(into.children.begin(), into.children.end(), is_same)) continue;
    const auto behind = std::find_if(into.children.begin(), into.children.end(),
                                     [&](const Element& there) { return there.name != "members" || there.text > one.text; });
    into.children.insert(behind, one);
  }
}

void merge_manifest(Element& there, const Element& ours) {
  for (const Element& part : ours.children) {
    const auto same = std::find_if(there.children.begin(), there.children.end(), [&](const Element& one) {
      return one.name == part.name && (part.name == "version" || one.value("name") == part.value("name"));
    });
    if (same == there.children.end()) {
      const auto version =
          std::find_if(there.children.begin(), there.children.end(), [](const Element& one) { return one.name == "version"; });
      there.children.insert(version, part);
    } else if (part.name == "types") {
      add_members(*same, part);
    } else if (number_of(part.text) > number_of(same->text)) {
      same->text = part.text;
    }
  }
}

void merge_settings(Element& there, const Element& ours) {
  for (const Element& part : ours.children) {
    const auto same =
        std::find_if(there.children.begin(), there.children.end(), [&](const Element& one) { return one.name == part.name; });
    if (same == there.children.end()) {
      there.children.push_back(part);
    } else {
      *same = part;
    }
  }
}

}  // namespace

Result<void> fit_in(const Choices& choices, Files& files, std::vector<std::string>& merged, std::vector<std::string>& notes) {
  for (const File& there : choices.existing) {
    const auto ours = std::find_if(files.begin(), files.end(), [&](const File& one) { return one.path == there.path; });
    if (ours == files.end()) continue;
    if (ours->path == kSetupPage) {
      // Of another app: its title says so.
      const std::string_view title = std::string_view(there.bytes).substr(0, there.bytes.find('\n'));
      if (title.ends_with(kSetupTitle) && !ours->bytes.starts_with(title)) ours->path = join({"SETUP-", choices.name, ".md"});
    } else if (ours->path == "sfdx-project.json") {
      if (there.bytes.find("\"force-app\"") == std::string::npos)
        notes.emplace_back("sfdx-project.json stays as it is: add force-app to its packageDirectories.");
      files.erase(ours);
    } else if (ours->path.ends_with("package.xml") || ours->path.find("settings/") != std::string::npos) {
      const Xml own = Xml::read(ours->bytes);
      auto root = read_root(there, own.root()->name);
      if (!root) return std::move(root).error();
      (own.root()->name == "Package" ? merge_manifest : merge_settings)(*root, *own.root());
      ours->bytes = write_document(*root);
      merged.push_back(ours->path);
    }
  }
  return {};
}

}  // namespace hlid::org
