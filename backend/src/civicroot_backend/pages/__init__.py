"""The built pages (backend/web builds them into `static`) and how they are served."""
