#include "cli/json_text.h"

#include <algorithm>
#include <set>
#include <vector>

#include "cli/outcome.h"
#include "cli/words.h"

namespace hlid_cli {
namespace {

using json = nlohmann::json;

// Looks at the text once before a value is made of it: a name that appears twice and a depth that no reader should
// follow cannot be told from the value.
class Inspector final : public json::json_sax_t {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return enter(); }
  bool end_object() override { return leave(); }
  bool start_array(std::size_t) override { return enter(); }
  bool end_array() override { return leave(); }

  bool key(string_t& name) override {
    if (names_.back().insert(name).second) return true;
    twice = name;
    has_twice = true;
    return false;
  }

  bool parse_error(std::size_t at, const std::string&, const nlohmann::detail::exception&) override {
    position = at;
    return false;
  }

  bool too_deep = false;
  bool has_twice = false;
  std::string twice;
  std::size_t position = 0;

 private:
  bool enter() {
    names_.emplace_back();
    too_deep = names_.size() > kMaxJsonDepth;
    return !too_deep;
  }
  bool leave() {
    names_.pop_back();
    return true;
  }

  std::vector<std::set<std::string>> names_;
};

std::string place(std::string_view text, std::size_t position) {
  const std::string_view before = text.substr(0, std::min(position == 0 ? 0 : position - 1, text.size()));
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t start = before.rfind('\n');
  const std::size_t column = 1 + (start == std::string_view::npos ? before.size() : before.size() - start - 1);
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

}  // namespace

json read_json(std::string_view text, const std::string& what) {
  Inspector inspector;
  if (json::sax_parse(text, &inspector)) return json::parse(text, nullptr, false);
  if (inspector.too_deep) throw UsageError(what + " is nested deeper than " + std::to_string(kMaxJsonDepth) + " levels");
  if (inspector.has_twice)
    throw UsageError(what + ": the name " + printable(inspector.twice.substr(0, 64)) + " appears twice in one object");
  throw UsageError(what + " is not JSON: " + place(text, inspector.position));
}

}  // namespace hlid_cli
