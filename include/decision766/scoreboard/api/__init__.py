"""The pages' data as JSON: read only, described by OpenAPI, paged by key, kept by publication."""
