"""A retailer's year as stock history: each invoice through the verbs that sell, take back and write off."""
