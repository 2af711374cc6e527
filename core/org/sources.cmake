# The org's side (HLID_ORG): files of the Metadata API in, findings and files out. One a line, so that branches merge.
set(HLID_ORG_SOURCES
  org/xml.cc
  org/zip.cc
)
