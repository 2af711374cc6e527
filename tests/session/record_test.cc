// The record: what it is bound to, and what it shows.
#include <gtest/gtest.h>

#include "base/limits.h"
#include "crypto/sealed.h"
#include "tests/session/host.h"

namespace hlid {
namespace {

using session_model::kKey1;
using session_model::kKey2;
using session_model::make_app;

constexpr char kVersion[] = "3f6f1c1e-5d0b-4b57-9b0e-2f8f6a8f3c11";

Record make_record() {
  Record record;
  record.set("access_token", "00D!access");
  record.set("refresh_token", "5Aep861refresh");
  record.set("state", "settled");
  record.set("of_a_later_release", "kept");
  record.set_number("created_ms", 17);
  return record;
}

std::string sealed_record(const App& app, std::string_view key = "user-42", std::string_view version = kVersion) {
  return std::string(seal_record(app, app.session_keys, key, version, make_record())->view());
}

std::string opened(const App& app, std::string_view key, std::string_view version, std::string_view sealed) {
  const auto record = open_record(app, app.session_keys, key, version, sealed);
  return record ? "opened" : record.error().data().reason;
}

TEST(Record, ComesBackWhole) {
  const auto app = make_app();
  const auto record = open_record(*app, app->session_keys, "user-42", kVersion, sealed_record(*app));
  ASSERT_TRUE(record);
  EXPECT_EQ(record->get("access_token"), "00D!access");
  EXPECT_EQ(record->get("of_a_later_release"), "kept");
  EXPECT_EQ(record->number("created_ms"), 17);
  EXPECT_EQ(record->get("absent"), "");
}

TEST(Record, EachChangedBitIsRefused) {
  const auto app = make_app();
  const std::string sealed = sealed_record(*app);
  for (size_t i = 0; i < sealed.size(); ++i) {
    for (const int bit : {0, 7}) {
      std::string changed = sealed;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      ASSERT_EQ(opened(*app, "user-42", kVersion, changed), "record_refused") << i;
    }
    ASSERT_EQ(opened(*app, "user-42", kVersion, sealed.substr(0, i)), "record_refused") << i;
  }
  EXPECT_EQ(opened(*app, "user-42", kVersion, sealed + "x"), "record_refused");
}

TEST(Record, IsBoundToItsPlace) {
  const auto app = make_app();
  const std::string sealed = sealed_record(*app);
  EXPECT_EQ(opened(*app, "user-42", kVersion, sealed), "opened");
  EXPECT_EQ(opened(*app, "user-43", kVersion, sealed), "record_refused");
  EXPECT_EQ(opened(*app, "user-42", "3f6f1c1e-5d0b-4b57-9b0e-2f8f6a8f3c12", sealed), "record_refused");
  EXPECT_EQ(opened(*app, "user-42", "", sealed), "record_refused");
  EXPECT_EQ(opened(*make_app({{"client_id", "3MVG8"}}), "user-42", kVersion, sealed), "record_refused");
  EXPECT_EQ(opened(*make_app({{"site", "https://acme.my.site.com/shop"}}), "user-42", kVersion, sealed), "record_refused");
  EXPECT_EQ(opened(*make_app({{"session_keys", kKey2}}), "user-42", kVersion, sealed), "record_refused");
  // The same id with another key.
  EXPECT_EQ(opened(*make_app({{"session_keys", std::string("k1") + (kKey2 + 2)}}), "user-42", kVersion, sealed),
            "record_refused");
  // What is one text to another reader is not the same here.
  const std::string nul("a\0b", 3);
  EXPECT_EQ(opened(*app, nul, kVersion, sealed_record(*app, nul)), "opened");
  EXPECT_EQ(opened(*app, "b", std::string(kVersion) + std::string("\0a", 2), sealed_record(*app, nul)), "record_refused");
}

TEST(Record, KeysAreRotatedWithoutALoss) {
  const std::string sealed = sealed_record(*make_app());
  const auto both = make_app({{"session_keys", std::string(kKey2) + " " + kKey1}});
  EXPECT_EQ(opened(*both, "user-42", kVersion, sealed), "opened");
  const std::string again = sealed_record(*both);
  EXPECT_EQ(opened(*make_app({{"session_keys", kKey2}}), "user-42", kVersion, again), "opened");
}

TEST(Record, ShowsNothing) {
  const auto app = make_app();
  const std::string sealed = sealed_record(*app);
  for (const char* word : {"access", "refresh", "settled", "user-42", "acme", "3MVG9", "00D!"})
    EXPECT_EQ(sealed.find(word), std::string::npos) << word;
  EXPECT_NE(sealed, sealed_record(*app)) << "another nonce each time";
  // Not even how long its tokens are.
  Record longer = make_record();
  longer.set("access_token", "00D!access.access.access");
  EXPECT_EQ(seal_record(*app, app->session_keys, "user-42", kVersion, longer)->size(), sealed.size());
  EXPECT_EQ((sealed.size() - sealed_frame(2)) % kRecordStep, 0U);
}

TEST(Record, HasAMaximum) {
  const auto app = make_app();
  Record record = make_record();
  record.set("access_token", std::string(32 * 1024, 'a'));
  ASSERT_TRUE(seal_record(*app, app->session_keys, "user-42", kVersion, record));
  record.set("id_token", std::string(32 * 1024, 'a'));
  const auto sealed = seal_record(*app, app->session_keys, "user-42", kVersion, record);
  ASSERT_FALSE(sealed);
  EXPECT_STREQ(sealed.error().data().reason, "record_too_large");
}

TEST(Record, NeedsKeys) {
  hlid::Settings settings;
  ASSERT_TRUE(settings.set("site", "https://acme.my.site.com"));
  ASSERT_TRUE(settings.set("client_id", "3MVG9"));
  const auto app = *App::create(settings);
  EXPECT_EQ(opened(*app, "user-42", kVersion, "x"), "no_session_keys");
}

// Behind the seal: only what pack() writes.
TEST(Record, UnpacksWhatIsPacked) {
  const Secret packed = make_record().pack();
  ASSERT_TRUE(Record::unpack(packed.view()));
  std::string padded(packed.view());
  ASSERT_TRUE(Record::unpack(padded + std::string(100, '\0')));
  for (size_t i = 1; i < packed.size(); ++i) {
    const auto cut = Record::unpack(packed.view().substr(0, i));
    EXPECT_TRUE(!cut || cut->pack().view() == packed.view().substr(0, i)) << i;
  }
  EXPECT_FALSE(Record::unpack(std::string(packed.view()) + std::string(packed.view()))) << "each name once";
  Record unknown = make_record();
  unknown.set("state", "sleeping");
  const auto app = make_app();
  const Secret sealed = std::move(*seal_record(*app, app->session_keys, "user-42", kVersion, unknown));
  EXPECT_EQ(opened(*app, "user-42", kVersion, sealed.view()), "record_refused") << "a state that this release does not know";
}

}  // namespace
}  // namespace hlid
