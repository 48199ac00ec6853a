"""What can be done and asked: each function owns one short transaction and returns frozen values, never rows.

Functions take the `Database` first. Errors are sentences in `errors`. Neither streamlit nor torch comes near.
"""
