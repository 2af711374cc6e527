// org.h: the org's side: files of an org's configuration, written, checked and explained.
#pragma once

#include <napi.h>

namespace hlid_node {

// An object with hasOrg, and with lint, generate and explain: JSON in, a promise of JSON or of the fields of an error.
Napi::Value define_org(Napi::Env env);

}  // namespace hlid_node
