#include "journal.h"

#include <openssl/evp.h>

#include <algorithm>

namespace hlid_test {
namespace {

std::size_t occurrences(std::string_view text, std::string_view needle) {
  if (needle.empty()) return 0;
  std::size_t found = 0;
  for (std::size_t at = text.find(needle); at != std::string_view::npos; at = text.find(needle, at + needle.size())) {
    ++found;
  }
  return found;
}

// Credentials in a Basic header are base64: a search for the secret itself must find them too.
std::string basic_credentials(const Request& request) {
  std::string out;
  for (const std::string_view name : {"authorization", "proxy-authorization"}) {
    const std::string value = request.header(name);
    if (!value.starts_with("Basic ") || value.size() % 4 != 2) continue;
    std::vector<unsigned char> plain(value.size());
    const int size = EVP_DecodeBlock(plain.data(), reinterpret_cast<const unsigned char*>(value.data()) + 6,
                                     static_cast<int>(value.size()) - 6);
    if (size > 0) out += "\nBasic: " + std::string(plain.begin(), plain.begin() + size);
  }
  return out;
}

}  // namespace

std::size_t Journal::connections() const {
  const std::lock_guard lock(mutex_);
  return connections_.size();
}

std::size_t Journal::handshakes() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(
      std::count_if(connections_.begin(), connections_.end(), [](const auto& c) { return c.handshake_done; }));
}

std::size_t Journal::resumed() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(
      std::count_if(connections_.begin(), connections_.end(), [](const auto& c) { return c.resumed; }));
}

std::size_t Journal::requests() const {
  const std::lock_guard lock(mutex_);
  return completed_;
}

std::size_t Journal::requests(std::string_view path) const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(
      std::count_if(requests_.begin(), requests_.end(), [&](const auto& r) { return r.complete && r.request.path == path; }));
}

std::size_t Journal::count(std::string_view text) const {
  const std::lock_guard lock(mutex_);
  std::size_t found = 0;
  for (const auto& request : requests_) found += occurrences(request.transcript, text);
  for (const auto& connection : connections_) found += occurrences(connection.late, text);
  return found;
}

std::size_t Journal::requests_with(std::string_view text) const {
  const std::lock_guard lock(mutex_);
  std::size_t found = 0;
  for (const auto& request : requests_) found += occurrences(request.transcript, text) > 0 ? 1U : 0U;
  for (const auto& connection : connections_) found += occurrences(connection.late, text) > 0 ? 1U : 0U;
  return found;
}

std::size_t Journal::count_value(std::string_view value) const {
  const std::lock_guard lock(mutex_);
  const auto seen = [&](const std::string& text) {
    return occurrences(text, value) > 0 || occurrences(percent_decode(text), value) > 0 ? 1U : 0U;
  };
  std::size_t found = 0;
  for (const auto& request : requests_) found += seen(request.transcript);
  for (const auto& connection : connections_) found += seen(connection.late);
  return found;
}

std::string Journal::everything() const {
  const std::lock_guard lock(mutex_);
  std::string all;
  for (const auto& connection : connections_) {
    all += connection.received;
    all += '\n' + connection.sni + '\n' + connection.client_certificate + '\n';
  }
  for (const auto& request : requests_) all += request.transcript + '\n';
  return all;
}

std::vector<ConnectionRecord> Journal::connection_records() const {
  const std::lock_guard lock(mutex_);
  return {connections_.begin(), connections_.end()};
}

std::vector<RequestRecord> Journal::request_records() const {
  const std::lock_guard lock(mutex_);
  return {requests_.begin(), requests_.end()};
}

bool Journal::wait_for_requests(std::size_t completed, Milliseconds limit) const {
  return wait(limit, [&] { return completed_ >= completed; });
}

bool Journal::wait_for_begun(std::size_t begun, Milliseconds limit) const {
  return wait(limit, [&] { return requests_.size() >= begun; });
}

bool Journal::wait_for_connections(std::size_t accepted, Milliseconds limit) const {
  return wait(limit, [&] { return connections_.size() >= accepted; });
}

bool Journal::wait_until_idle(Milliseconds limit) const {
  return wait(limit,
              [&] { return std::all_of(connections_.begin(), connections_.end(), [](const auto& c) { return c.ended; }); });
}

std::size_t Journal::add_connection() {
  std::size_t number = 0;
  {
    const std::lock_guard lock(mutex_);
    number = connections_.size();
    connections_.emplace_back().number = number;
  }
  changed_.notify_all();
  return number;
}

void Journal::received(std::size_t connection, std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  connections_[connection].received += bytes;
}

std::size_t Journal::begin_request(std::size_t connection, std::uint32_t stream, bool http2) {
  std::size_t number = 0;
  {
    const std::lock_guard lock(mutex_);
    number = requests_.size();
    Request& request = requests_.emplace_back().request;
    request.number = number;
    request.connection = connection;
    request.stream = stream;
    request.http2 = http2;
  }
  changed_.notify_all();
  return number;
}

void Journal::add_transcript(std::size_t request, std::string_view text, std::size_t wire_bytes) {
  const std::lock_guard lock(mutex_);
  requests_[request].transcript += text;
  requests_[request].bytes += wire_bytes;
}

void Journal::complete_request(const Request& request, bool late) {
  {
    const std::lock_guard lock(mutex_);
    RequestRecord& record = requests_[request.number];
    record.request = request;
    record.complete = true;
    record.late = late;
    record.transcript += basic_credentials(request);
    ++completed_;
  }
  changed_.notify_all();
}

}  // namespace hlid_test
