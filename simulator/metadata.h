// metadata.h: the org as Metadata API files say it is. A reader of its own: it shares nothing with the linter, so that one
// misreading of a file cannot hide in both.
#pragma once

#include <string>
#include <vector>

#include "simulator/simulator.h"

namespace hlid_sim {

struct MetadataFile {
  std::string path;  // for messages, and the name of what it holds
  std::string bytes;
};

// Whether this build has a reader of XML.
bool reads_metadata();

// The apps of the files come before those of `options`; what files say of the org and of its site replaces what `options` has,
// and what they do not say stays. What an app's files lack is what a new app has. An app without a consumer key gets
// "3MVG9Example." and its name, one without a secret a made-up one. `site`: the name of the Network, if there are several.
// Throws std::runtime_error, with file and line where a file cannot be read.
void apply_metadata(Options& options, const std::vector<MetadataFile>& files, const std::string& site = "");

// The files of a zip. Throws std::runtime_error.
std::vector<MetadataFile> unzip_metadata(const std::string& zip);

}  // namespace hlid_sim
