module demo {
    requires io.headlessid.testing;
}
