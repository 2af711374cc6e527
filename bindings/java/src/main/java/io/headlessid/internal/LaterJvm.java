package io.headlessid.internal;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** On a class that Android's build leaves out: the check of its API passes it by. No part of the API: it may change with any release. */
@Retention(RetentionPolicy.CLASS)
@Target(ElementType.TYPE)
public @interface LaterJvm {}
