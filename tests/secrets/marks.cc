#include "marks.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace secrets {
namespace {

constexpr char kUrlDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr char kStandardDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
         c == '~';
}

void push_hex(Masked& out, unsigned char byte, const char* digits) {
  out.push(digits[byte >> 4]);
  out.push(digits[byte & 15]);
}

// Whole groups from `first` on: what stands in the middle of a longer text's Base64.
Masked base64_groups(const Masked& secret, size_t first, const char* digits) {
  Masked out;
  for (size_t i = first; i + 3 <= secret.size(); i += 3) {
    const unsigned group =
        static_cast<unsigned>(secret.byte(i)) << 16 | static_cast<unsigned>(secret.byte(i + 1)) << 8 | secret.byte(i + 2);
    out.push(digits[group >> 18]);
    out.push(digits[group >> 12 & 63]);
    out.push(digits[group >> 6 & 63]);
    out.push(digits[group & 63]);
  }
  return out;
}

// Finds needles by their first two bytes. The needles stay masked: the memory that is searched is masked as it is read.
class Index {
 public:
  explicit Index(const std::vector<Form>& forms) : forms_(forms), first_(65536, kNone), next_(forms.size(), kNone) {
    for (size_t i = 0; i < forms.size(); ++i) {
      const auto& text = forms[i].text.masked();
      if (text.size() < 8) continue;
      size_t& first = first_[static_cast<size_t>(text[0]) << 8 | text[1]];
      next_[i] = first;
      first = i;
    }
  }

  // Not to be watched by a sanitizer: whole regions are read, also where an allocator has put something away.
  template <typename Found>
  void search(const unsigned char* begin, const unsigned char* end, Found found) const {
    for (const unsigned char* at = begin; at + 1 < end; ++at) {
      for (size_t i = first_[static_cast<size_t>(at[0] ^ Masked::kMask) << 8 | (at[1] ^ Masked::kMask)]; i != kNone;
           i = next_[i]) {
        const auto& text = forms_[i].text.masked();
        if (static_cast<size_t>(end - at) < text.size()) continue;
        size_t same = 2;
        while (same < text.size() && (at[same] ^ Masked::kMask) == text[same]) ++same;
        if (same == text.size()) found(forms_[i].name, at);
      }
    }
  }

 private:
  const std::vector<Form>& forms_;
  static constexpr size_t kNone = SIZE_MAX;
  // By the first two bytes, and from each form to another that begins like it.
  std::vector<size_t> first_;
  std::vector<size_t> next_;
};

}  // namespace

Masked& Masked::append(const Masked& other) {
  const std::vector<unsigned char> bytes = other.bytes_;  // may be this one
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  return *this;
}

Masked& Masked::append_base64url(const Masked& other) {
  const size_t rest = other.size() % 3;
  append(base64_groups(other, 0, kUrlDigits));
  if (rest == 0) return *this;
  const size_t i = other.size() - rest;
  const unsigned group =
      static_cast<unsigned>(other.byte(i)) << 16 | (rest == 2 ? static_cast<unsigned>(other.byte(i + 1)) << 8 : 0U);
  push(kUrlDigits[group >> 18]);
  push(kUrlDigits[group >> 12 & 63]);
  if (rest == 2) push(kUrlDigits[group >> 6 & 63]);
  return *this;
}

Masked& Masked::append_form_encoded(const Masked& other) {
  for (size_t i = 0; i < other.size(); ++i) {
    if (is_plain(other.at(i))) {
      push(other.at(i));
    } else {
      push('%');
      push_hex(*this, other.byte(i), "0123456789ABCDEF");
    }
  }
  return *this;
}

Masked& Masked::append_random(size_t count) {
  std::vector<unsigned char> random(count);
  if (::syscall(SYS_getrandom, random.data(), count, 0U) != static_cast<long>(count)) std::abort();
  for (const unsigned char byte : random) push(kStandardDigits[byte % 62]);
  return *this;
}

Plain& Plain::append(std::string_view text) {
  if (size_ + text.size() > kRoom) std::abort();
  std::memcpy(buffer_ + size_, text.data(), text.size());
  size_ += text.size();
  return *this;
}

Plain& Plain::append(const Masked& text) {
  if (size_ + text.size() > kRoom) std::abort();
  for (size_t i = 0; i < text.size(); ++i) buffer_[size_++] = text.at(i);
  return *this;
}

void Plain::wipe() {
  std::memset(buffer_, 0, sizeof buffer_);
  __asm__ __volatile__("" : : "r"(buffer_) : "memory");
  size_ = 0;
}

std::vector<Form> forms_of(const std::string& name, const Masked& secret) {
  std::vector<Form> forms;
  // An allocator's own notes lie over the first bytes of a block that was freed: so the last ones alone count as well.
  const auto add = [&](const char* way, Masked text) {
    constexpr size_t kEnd = 14;
    if (text.size() > 2 * kEnd) {
      Masked end;
      for (size_t i = text.size() - kEnd; i < text.size(); ++i) end.push(text.at(i));
      forms.push_back({name + way + ", its end", std::move(end)});
    }
    forms.push_back({name + way, std::move(text)});
  };
  add("", secret);
  Masked percent, form, percent_lower, all_percent, json, hex, hex_upper, little, big;
  for (size_t i = 0; i < secret.size(); ++i) {
    const char c = secret.at(i);
    if (is_plain(c)) {
      percent.push(c);
      percent_lower.push(c);
    } else {
      percent.push('%');
      push_hex(percent, secret.byte(i), "0123456789ABCDEF");
      percent_lower.push('%');
      push_hex(percent_lower, secret.byte(i), "0123456789abcdef");
    }
    if (c == ' ') {
      form.push('+');
    } else if (is_plain(c)) {
      form.push(c);
    } else {
      form.push('%');
      push_hex(form, secret.byte(i), "0123456789ABCDEF");
    }
    all_percent.push('%');
    push_hex(all_percent, secret.byte(i), "0123456789ABCDEF");
    if (c == '"' || c == '\\' || c == '/') json.push('\\');
    json.push(c);
    push_hex(hex, secret.byte(i), "0123456789abcdef");
    push_hex(hex_upper, secret.byte(i), "0123456789ABCDEF");
    little.push(c);
    little.push('\0');
    if (i != 0) big.push('\0');
    big.push(c);
  }
  add(" percent-encoded", std::move(percent));
  add(" form-encoded", std::move(form));
  add(" percent-encoded in lower case", std::move(percent_lower));
  add(" wholly percent-encoded", std::move(all_percent));
  add(" JSON-escaped", std::move(json));
  add(" in hex", std::move(hex));
  add(" in upper-case hex", std::move(hex_upper));
  add(" in UTF-16LE", std::move(little));
  add(" in UTF-16BE", std::move(big));
  for (size_t first = 0; first < 3; ++first) {
    add(" in Base64", base64_groups(secret, first, kStandardDigits));
    add(" in base64url", base64_groups(secret, first, kUrlDigits));
  }
  return forms;
}

std::vector<std::string> found_in_memory(const std::vector<Form>& forms) {
  const Index index(forms);
  std::vector<std::string> found;
  found.reserve(1024);
  std::FILE* maps = std::fopen("/proc/self/maps", "re");
  if (maps == nullptr) return {"no /proc/self/maps"};
  struct Region {
    unsigned long begin, end;
    char name[64];
  };
  std::vector<Region> regions;
  char line[512];
  while (std::fgets(line, sizeof line, maps) != nullptr) {
    Region region{};
    char access[8] = {};
    if (std::sscanf(line, "%lx-%lx %7s %*s %*s %*s %63[^\n]", &region.begin, &region.end, access, region.name) < 3) continue;
    if (access[0] != 'r' || access[1] != 'w' || std::strncmp(region.name, "/dev/", 5) == 0) continue;
    regions.push_back(region);
  }
  std::fclose(maps);
  for (const Region& region : regions) {
    const auto* begin = reinterpret_cast<const unsigned char*>(region.begin);
    const auto* end = reinterpret_cast<const unsigned char*>(region.end);
    index.search(begin, end, [&](const std::string& name, const unsigned char*) {
      if (found.size() < 100) found.push_back(name + " at " + (region.name[0] == '\0' ? "no name" : region.name));
    });
  }
  return found;
}

std::vector<std::string> found_in(std::string_view text, const std::vector<Form>& forms) {
  std::vector<std::string> found;
  const auto* begin = reinterpret_cast<const unsigned char*>(text.data());
  Index(forms).search(begin, begin + text.size(), [&](const std::string& name, const unsigned char*) { found.push_back(name); });
  return found;
}

}  // namespace secrets
