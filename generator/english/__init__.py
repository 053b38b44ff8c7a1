"""Just enough English to turn a plain sentence into a question without a model.

Precision over recall: a sentence that does not fit a known shape gives no question.
"""
