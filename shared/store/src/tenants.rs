//! The tenants table.
