"""Layout files (版式文件): PDF with embedded fonts, drawn by a pen that knows Chinese and Latin text."""
