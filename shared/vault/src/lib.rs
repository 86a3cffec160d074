//! Envelope encryption with KMS: data keys per tenant, sealed and open secrets.
