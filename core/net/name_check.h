// Looks a name up a second time, on a thread of its own: libcurl reports that a host was not found, but not
// whether the name does not exist or the name server did not respond.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "net/descriptors.h"

namespace hlid {

struct Operation;

class NameCheck {
 public:
  // Null if the system cannot.
  static std::unique_ptr<NameCheck> start(const std::string& host);
  NameCheck(const NameCheck&) = delete;
  NameCheck& operator=(const NameCheck&) = delete;
  // A lookup that still goes on is left to itself.
  ~NameCheck() = default;

  [[nodiscard]] const std::string& host() const { return host_; }
  // Readable once it is known.
  [[nodiscard]] int fd() const;
  // No name server knows the name.
  [[nodiscard]] bool is_unknown() const;

  std::vector<Operation*> waiting;  // of the loop

 private:
  struct Lookup;
  NameCheck(std::string host, std::shared_ptr<Lookup> lookup) : host_(std::move(host)), lookup_(std::move(lookup)) {}
  static void* work(void* lookup);

  const std::string host_;
  const std::shared_ptr<Lookup> lookup_;
};

}  // namespace hlid
