"""Core: what every room stands on: base model and view, scope, labelled enums, calendar, crypto, audit trail."""
